/** Sky, sun and air. One function gives the sky's colour to dome, fog and window glass alike. */
import { BufferAttribute, BufferGeometry, Color, Mesh, ShaderMaterial, Vector3 } from 'three';

/** Towards the sun, world frame: a clear afternoon, from the south-west. */
export const SUN_DIRECTION = new Vector3(-0.62, 0.60, 0.50).normalize();
export const SUN_COLOUR = new Color(1.0, 0.88, 0.70);
export const SKY_LIGHT = new Color(0.52, 0.70, 1.0);
export const GROUND_LIGHT = new Color(0.50, 0.44, 0.36);

/** Linear colours; `direction` is a unit vector of the world frame. */
export const SKY_GLSL = /* glsl */ `
  const vec3 SUN_DIRECTION = vec3(${SUN_DIRECTION.toArray()
    .map((value) => value.toFixed(5))
    .join(', ')});
  vec3 skyColour(vec3 direction) {
    float up = max(direction.y, 0.0);
    vec3 horizon = vec3(0.76, 0.83, 0.88);
    vec3 zenith = vec3(0.10, 0.28, 0.62);
    vec3 colour = mix(horizon, zenith, 1.0 - exp(-2.6 * up));
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
    depthWrite: false,
    depthTest: false,
    // One triangle over the whole picture; the view ray is found back from its corners.
    vertexShader: /* glsl */ `
      varying vec3 direction;
      void main() {
        vec4 far = inverse(projectionMatrix) * vec4(position.xy, 1.0, 1.0);
        direction = transpose(mat3(viewMatrix)) * (far.xyz / far.w);
        gl_Position = vec4(position.xy, 1.0, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      varying vec3 direction;
      const float hazeDensity = 0.0;
      ${SKY_GLSL}
      void main() {
        // A touch of noise hides the steps of eight-bit colour in a smooth gradient.
        float grain = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
        gl_FragColor = vec4(skyColour(normalize(direction)) + grain / 200.0, 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const corners = new BufferGeometry();
  corners.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
  const sky = new Mesh(corners, material);
  sky.frustumCulled = false;
  sky.renderOrder = -1;
  sky.matrixAutoUpdate = false;
  return sky;
}
