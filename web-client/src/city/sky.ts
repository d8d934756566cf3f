/** Sky, sun and air. One function gives the sky's colour to dome, fog and window glass alike. */
import { BackSide, BoxGeometry, Color, Mesh, ShaderMaterial, Vector3 } from 'three';

/** Towards the sun, world frame: a clear late morning, from the south-east. */
export const SUN_DIRECTION = new Vector3(0.52, 0.62, 0.58).normalize();
export const SUN_COLOUR = new Color(1.0, 0.93, 0.82);
export const SKY_LIGHT = new Color(0.62, 0.76, 0.95);
export const GROUND_LIGHT = new Color(0.62, 0.56, 0.48);

/** Linear colours; `direction` is a unit vector of the world frame. */
export const SKY_GLSL = /* glsl */ `
  const vec3 SUN_DIRECTION = vec3(${SUN_DIRECTION.toArray()
    .map((value) => value.toFixed(5))
    .join(', ')});
  vec3 skyColour(vec3 direction) {
    float up = max(direction.y, 0.0);
    vec3 horizon = vec3(0.80, 0.86, 0.90);
    vec3 zenith = vec3(0.19, 0.40, 0.72);
    vec3 colour = mix(horizon, zenith, 1.0 - exp(-3.2 * up));
    float sun = max(dot(direction, SUN_DIRECTION), 0.0);
    return colour + vec3(1.0, 0.82, 0.58) * (0.16 * pow(sun, 6.0) + 0.25 * pow(sun, 90.0));
  }
  /** How much of what lies \`metres\` away the air hides. */
  float haze(float metres) {
    float depth = metres * hazeDensity;
    return 1.0 - exp(-depth * depth);
  }
`;

export function createSky(): Mesh {
  const material = new ShaderMaterial({
    side: BackSide,
    depthWrite: false,
    depthTest: false,
    vertexShader: /* glsl */ `
      varying vec3 direction;
      void main() {
        direction = position;
        vec4 clip = projectionMatrix * vec4(mat3(viewMatrix) * position, 1.0);
        gl_Position = clip.xyww;
      }`,
    fragmentShader: /* glsl */ `
      varying vec3 direction;
      const float hazeDensity = 0.0;
      ${SKY_GLSL}
      void main() {
        vec3 towards = normalize(direction);
        // A touch of noise hides the steps of eight-bit colour in a smooth gradient.
        float grain = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
        gl_FragColor = vec4(skyColour(towards) + grain / 200.0, 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const sky = new Mesh(new BoxGeometry(1, 1, 1), material);
  sky.frustumCulled = false;
  sky.renderOrder = -1;
  sky.matrixAutoUpdate = false;
  return sky;
}
