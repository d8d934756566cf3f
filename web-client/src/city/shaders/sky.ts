/** One function gives the sky's colour to dome, air, window glass and water alike. */
import { HAZE_ASYMMETRY, SKY_COLUMNS, SKY_ROWS } from '../atmosphere';

const COLUMNS = SKY_COLUMNS.toFixed(1);
const ROWS = SKY_ROWS.toFixed(1);
const G = HAZE_ASYMMETRY;
/** Between meadow, field and stone: what lies beyond the city isn't known. */
export const PLAIN_ALBEDO = [0.172, 0.2, 0.09] as const;
/** What comes from the depth of water. */
const DEEP_ALBEDO = [0.0275, 0.0525, 0.044];
const DEEP_TO_PLAIN = `vec3(${DEEP_ALBEDO.map((albedo, c) => (albedo / PLAIN_ALBEDO[c]).toFixed(4)).join(', ')})`;
const NIGHT_HORIZON = 'vec3(0.0030, 0.0034, 0.0046)';

/** Linear radiance; directions are unit vectors of the world frame. */
export const SKY_GLSL = /* glsl */ `
  uniform sampler2D skyTable;
  uniform vec3 sunTowards;
  uniform float night;

  vec3 skyColour(vec3 towards) {
    float up = clamp(towards.y, 0.0, 1.0);
    float along = dot(towards.xz, sunTowards.xz)
      / max(length(towards.xz) * length(sunTowards.xz), 1e-4);
    vec2 at = vec2(0.5 - 0.5 * along, sqrt(up)) * vec2(${COLUMNS} - 1.0, ${ROWS} - 1.0) + 0.5;
    at /= vec2(2.0 * ${COLUMNS}, ${ROWS});
    vec3 air = texture2D(skyTable, at).rgb;
    vec3 haze = texture2D(skyTable, at + vec2(0.5, 0.0)).rgb;
    float cosine = dot(towards, sunTowards);
    float phase = ${((1 - G * G) / (4 * Math.PI)).toFixed(5)}
      / pow(${(1 + G * G).toFixed(4)} - ${(2 * G).toFixed(4)} * cosine, 1.5);
    vec3 dark = mix(${NIGHT_HORIZON}, vec3(0.0008, 0.0012, 0.0025), sqrt(up));
    return air + haze * phase + dark * night;
  }
`;

/**
 * What air at the horizon looks like, without reading the table: distance fades into it. And how
 * much of what lies `metres` away the air hides.
 */
export const HAZE_GLSL = /* glsl */ `
  uniform float hazeDensity;
  uniform vec3 horizonAir[3];
  uniform vec3 horizonHaze;
  uniform vec4 edge;
  uniform sampler2D rim;
  uniform float plainHeight;
  uniform vec3 plainLight;

  vec3 horizonColour(vec3 towards) {
    vec2 level = towards.xz / max(length(towards.xz), 1e-4);
    float cosine = dot(level, sunTowards.xz);
    float along = cosine / max(length(sunTowards.xz), 1e-4);
    vec3 air = mix(horizonAir[1], along > 0.0 ? horizonAir[0] : horizonAir[2], abs(along));
    float phase = ${((1 - G * G) / (4 * Math.PI)).toFixed(5)}
      / pow(${(1 + G * G).toFixed(4)} - ${(2 * G).toFixed(4)} * cosine, 1.5);
    return air + horizonHaze * phase + ${NIGHT_HORIZON} * night;
  }

  /** @param drop how much lower it lies than the eye, metres: the air is clearer further up. */
  float haze(float metres, float drop) {
    float fall = max(drop, 0.01) / 70.0;
    float depth = metres * hazeDensity * (1.0 - exp(-fall)) / fall;
    return 1.0 - exp(-depth * depth);
  }

  /** How much of what it mirrors water shows; waves too small to be drawn turn it where it is far. */
  float waterFresnel(float flatness, float up) {
    return 0.02 + 0.98 * pow(1.0 - flatness, 5.0) * mix(0.9, 0.42, smoothstep(0.25, 0.0, up));
  }

  /** 1 where water is likely to lie beyond the mapped city, as it does at the city's edge. */
  float seaAt(vec2 place) {
    vec2 at = clamp((2.0 * place - edge.xy - edge.zw) / (edge.zw - edge.xy), -1.0, 1.0);
    // A corner that is only a little wet must not wet all that lies beyond it.
    return smoothstep(0.45, 1.0, texture2D(rim, vec2(atan(at.y, at.x) / 6.2832 + 0.5, 0.5)).r);
  }

  vec3 sea(vec3 towards) {
    float up = max(-towards.y, 0.02);
    vec3 mirror = normalize(vec3(towards.x, 0.26 + up, towards.z));
    return plainLight * ${DEEP_TO_PLAIN} + skyColour(mirror) * waterFresnel(up, up);
  }

  /**
   * Beyond the mapped city, below the horizon: a plain without any pattern, as nothing is known of
   * it, or water where the city ends in water. It fades into the air with its distance from the eye, and into mist with that from the city.
   *
   * @param air what the horizon looks like in this direction, of length 1.
   */
  vec3 plain(vec3 air, vec3 towards) {
    float drop = max(cameraPosition.y - plainHeight, 1.5);
    float metres = drop / max(-towards.y, 1e-5);
    vec2 place = cameraPosition.xz + metres * towards.xz;
    vec2 outside = max(max(edge.xy - place, place - edge.zw), 0.0) / (900.0 + 1.2 * length(edge.zw - edge.xy));
    float clear = (1.0 - haze(metres, drop)) * exp(-dot(outside, outside));
    float wet = seaAt(place);
    vec3 light = wet > 0.0 ? mix(plainLight, sea(towards), wet) : plainLight;
    return mix(air * vec3(0.80, 0.86, 0.90), mix(air, light, clear), 1.0 - (1.0 - clear) * smoothstep(0.0, 0.75, -towards.y));
  }
`;
