/**
 * Walls: plaster, brick or timber by the feature's hash, darker at the foot; and on bare walls
 * plausible windows and doors, set into the wall as a ray into it would find them.
 */
import { BAY_STEPS_PER_M, LOWEST_STOREY_M, STOREY_STEP_M, STOREY_STEPS, TALL_GROUND_M } from '../facade';
import { FIRST_STOREYS } from '../surfaces';

export const WALL_GLSL = /* glsl */ `
  // Linear colours: plasters in warm and cool tones, bricks, painted boards.
  const vec3 PLASTER[8] = vec3[8](
    vec3(0.70, 0.60, 0.44), vec3(0.72, 0.52, 0.27), vec3(0.80, 0.77, 0.70), vec3(0.52, 0.56, 0.57),
    vec3(0.66, 0.40, 0.28), vec3(0.47, 0.54, 0.44), vec3(0.74, 0.69, 0.60), vec3(0.38, 0.47, 0.54));
  const vec3 BRICK[3] = vec3[3](vec3(0.33, 0.145, 0.098), vec3(0.40, 0.225, 0.145), vec3(0.26, 0.115, 0.09));
  const vec3 BOARDS[4] = vec3[4](
    vec3(0.27, 0.065, 0.045), vec3(0.62, 0.60, 0.55), vec3(0.16, 0.20, 0.22), vec3(0.46, 0.36, 0.18));
  const vec3 DOORS[4] = vec3[4](
    vec3(0.10, 0.055, 0.03), vec3(0.035, 0.085, 0.065), vec3(0.045, 0.07, 0.12), vec3(0.16, 0.05, 0.035));
  const float REVEAL_M = 0.14;

  /** Of a wall whose own colour is known, only grain and weather are made up. */
  vec3 wallColour(vec2 onWall, float pixel, bool painted) {
    float pick = painted ? 1.0 : chance(vSeed, 1.0);
    float which = chance(vSeed, 12.0);
    vec3 colour;
    if (pick < 0.22) {
      // Courses of 7.5 cm, bricks of 25 cm in running bond.
      colour = BRICK[int(which * 3.0)];
      vec2 brick = onWall / vec2(0.25, 0.075);
      brick.x += 0.5 * mod(floor(brick.y), 2.0);
      float near = visible(0.075, pixel);
      vec2 joint = smoothstep(vec2(0.03, 0.10), vec2(0.05, 0.16), abs(fract(brick) - 0.5) * -1.0 + 0.5);
      vec3 fired = colour * (0.80 + 0.45 * lattice(floor(brick)));
      colour = mix(colour, mix(vec3(0.42, 0.39, 0.35), fired, joint.x * joint.y), near);
    } else if (pick < 0.31) {
      colour = BOARDS[int(which * 4.0)];
      float board = onWall.x / 0.16;
      float gap = smoothstep(0.02, 0.09, 0.5 - abs(fract(board) - 0.5));
      colour *= mix(1.0, mix(0.68, 0.93 + 0.14 * lattice(vec2(floor(board), 3.0)), gap), visible(0.16, pixel));
    } else {
      colour = painted ? vPaint.rgb : PLASTER[int(which * 8.0)];
      colour *= 0.97 + 0.06 * noise(onWall * 1.3);
    }
    if (!painted) {
      colour *= 0.94 + 0.12 * chance(vSeed, 2.0);
      colour *= mix(vec3(1.025, 1.0, 0.965), vec3(0.97, 1.0, 1.03), chance(vSeed, 3.0));
    }
    // Rain and soil darken the foot of a wall; a plinth ends it.
    float metres = vBays.y;
    float streaks = 0.93 + 0.10 * noise(onWall * vec2(2.2, 0.25));
    float foot = smoothstep(0.0, 2.2, metres + 0.5 * noise(onWall * vec2(0.9, 0.4)));
    float plinth = smoothstep(0.47, 0.50, metres);
    return colour * streaks * mix(0.72, 1.0, foot) * mix(vec3(0.70, 0.69, 0.68), vec3(1.0), plinth);
  }

  /** Soft-edged rectangle around a middle, all in metres. */
  float rectangle(vec2 place, vec2 middle, vec2 size, vec2 pixel) {
    vec2 inside = smoothstep(-pixel, pixel, 0.5 * size - abs(place - middle));
    return inside.x * inside.y;
  }

  /** What a pane mirrors: sky, and lower down the dim other side of the street. */
  vec3 mirrored(vec3 towards) {
    vec3 sky = skyColour(vec3(towards.x, max(towards.y, 0.05), towards.z));
    float skyline = 0.16 + 0.14 * noise(towards.xz * 6.0);
    return sky * mix(0.22, 1.0, smoothstep(skyline - 0.04, skyline + 0.04, towards.y));
  }

  /** Light of a lamp behind a pane of this hash, and nothing where nobody is up. */
  vec3 lamplight(float hash) {
    float on = step(hash, lit);
    vec3 tone = mix(vec3(1.0, 0.42, 0.11), vec3(1.0, 0.66, 0.34), fract(hash * 57.3));
    return tone * on * lamp * (0.55 + 0.6 * fract(hash * 91.7));
  }

  /** A window or, here and there on the ground floor, a door. @returns how much of it covers the wall. */
  float opening(inout vec3 colour, inout vec3 gleam, vec3 facing, vec3 towardsEye) {
    float bayWidth = vKind.w / ${BAY_STEPS_PER_M.toFixed(1)};
    float code = vKind.x - ${FIRST_STOREYS.toFixed(1)};
    float extra = code < ${STOREY_STEPS.toFixed(1)} ? 0.0 : ${TALL_GROUND_M.toFixed(2)};
    float storeyHeight = ${LOWEST_STOREY_M.toFixed(2)} + mod(code, ${STOREY_STEPS.toFixed(1)}) * ${STOREY_STEP_M.toFixed(3)};
    float storey = max(0.0, floor((vBays.y - extra) / storeyHeight));
    vec2 pixel = max(fwidth(vBays) * vec2(bayWidth, 1.0), vec2(1e-3));
    if (vKind.w < 0.5 || storey < vKind.y || storey >= vKind.z) return 0.0;
    float ground = storey < 0.5 ? 1.0 : 0.0;
    float bay = floor(vBays.x);
    vec2 place = vec2((vBays.x - bay - 0.5) * bayWidth, vBays.y - storey * storeyHeight - extra * (1.0 - ground));
    float style = chance(vSeed, 8.0);
    vec2 size = vec2(mix(1.0, 1.3, chance(vSeed, 9.0)), mix(1.3, 1.6, chance(vSeed, 10.0)));
    float sill = 0.9 + 0.35 * extra * ground;
    size.y = min(size.y + 0.3 * extra * ground, storeyHeight + extra * ground - sill - 0.3);
    vec2 middle = vec2(0.0, sill + 0.5 * size.y);
    bool door = ground > 0.5 && lattice(vec2(bay, vSeed * 57.0)) > 0.86;
    if (door) {
      size = vec2(1.1, 2.2 + 0.3 * extra);
      middle.y = 0.5 * size.y;
    }
    // Walk the ray from the wall's face to the pane behind it; likewise from the pane to the sun.
    vec3 right = normalize(cross(vec3(0.0, 1.0, 0.0), facing));
    vec3 eye = vec3(dot(towardsEye, right), towardsEye.y, max(dot(towardsEye, facing), 0.12));
    vec3 sun = vec3(dot(casterTowards, right), casterTowards.y, max(dot(casterTowards, facing), 0.08));
    vec2 inner = place - eye.xy / eye.z * REVEAL_M;
    float cover = rectangle(place, middle, size, pixel);
    float pane = rectangle(inner, middle, size, pixel);
    float sunny = rectangle(inner + sun.xy / sun.z * REVEAL_M, middle, size, pixel + 0.02);
    vec2 beyond = (inner - middle) / size;
    vec3 reveal = colour * (beyond.y > abs(beyond.x) ? 0.42 : beyond.y < -abs(beyond.x) ? 1.05 : 0.68);
    float hash = lattice(vec2(bay + 17.0, storey) + vSeed * 613.0);
    vec3 behind;
    vec3 light = vec3(0.0);
    if (door) {
      float panels = rectangle(vec2(abs(inner.x), inner.y), vec2(0.25, 1.5), vec2(0.27, 0.85), pixel)
        + rectangle(vec2(abs(inner.x), inner.y), vec2(0.25, 0.5), vec2(0.27, 0.6), pixel);
      behind = DOORS[int(chance(vSeed, 7.0) * 4.0)] * (0.8 + 0.6 * panels);
    } else {
      vec2 bar = vec2(abs(inner.x), abs(inner.y - middle.y - 0.18 * size.y));
      vec2 rim = 0.5 * size - abs(inner - middle);
      bar = min(bar + (style > 0.55 ? 0.0 : 9.0) * vec2(0.0, 1.0), rim - 0.02);
      float frame = max(
        1.0 - smoothstep(0.035, 0.035 + pixel.x, bar.x), 1.0 - smoothstep(0.035, 0.035 + pixel.y, bar.y));
      vec3 paint = style > 0.22 ? vec3(0.78, 0.77, 0.73) : DOORS[int(chance(vSeed, 7.0) * 4.0)];
      // No two panes hang quite alike, so each mirrors another piece of sky.
      vec3 tilt = normalize(facing + 0.05 * (vec3(hash, fract(hash * 7.0), fract(hash * 31.0)) - 0.5));
      float fresnel = 0.10 + 0.75 * pow(1.0 - max(dot(tilt, towardsEye), 0.0), 4.0);
      float curtain = step(0.66, fract(hash * 13.0)) * smoothstep(0.16, 0.22, abs(inner.x) / size.x);
      behind = mix(vec3(0.020, 0.024, 0.030), vec3(0.40, 0.38, 0.34), curtain * 0.5);
      light = mirrored(reflect(-towardsEye, tilt)) * fresnel * (1.0 - frame);
      float glow = mix(0.55, 1.15, smoothstep(-0.5, 0.35, beyond.y)) * (1.0 - 0.35 * curtain);
      light += lamplight(hash) * glow * (1.0 - frame);
      behind = mix(behind, paint, frame);
    }
    behind *= mix(0.45, 1.0, sunny);
    behind = mix(reveal, behind, pane);
    // The light surround, and the sill that stands out under a window and shades the wall.
    float surround = rectangle(place, middle, size + 0.22, pixel) * (style > 0.4 ? 0.55 : 0.0);
    float ledge = door ? 0.0 : rectangle(place, vec2(0.0, sill - 0.05), vec2(size.x + 0.26, 0.09), pixel);
    float under = door ? 0.0 : rectangle(place, vec2(0.03, sill - 0.17), vec2(size.x + 0.2, 0.14), pixel + 0.03);
    vec3 face = mix(colour, vec3(0.70, 0.67, 0.61), surround);
    face = mix(face * (1.0 - 0.3 * under), vec3(0.66, 0.64, 0.60), ledge);
    vec3 near = mix(face, behind, cover);
    // Far away a window is smaller than a pixel: its mean stands for it.
    float far = smoothstep(0.6, 1.6, max(pixel.x, pixel.y));
    float share = size.x * size.y / (bayWidth * storeyHeight);
    colour = mix(near, mix(colour, vec3(0.16, 0.17, 0.19), 0.7 * share), far);
    vec3 mean = (lit * lamp * vec3(0.8, 0.48, 0.2) + 0.2 * skyColour(facing)) * 0.6 * share;
    gleam += mix(light * pane * cover, mean, far);
    return cover;
  }
`;
