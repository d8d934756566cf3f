/**
 * What `citiverse bench stream` measures us against: 3d-tiles-renderer and nothing else.
 *
 * Query: tileset, lon, lat, height (of the scene's origin), x, y, z (eye, metres east, north, up of
 * it), heading, fov (vertical; all in degrees), error (pixels), tuned ("1": neither ancestors nor
 * siblings are loaded). An element `inlined` may hold the documents of the tileset by their path.
 * It tells by `window.viewed`: milliseconds since navigation.
 */
import {
  Color, DirectionalLight, HemisphereLight, MathUtils, Matrix4, PerspectiveCamera, Scene, Vector3,
  WebGLRenderer,
} from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/plugins';
import { TilesRenderer, WGS84_ELLIPSOID } from '3d-tiles-renderer';

const STABLE_MS = 500;

const viewed = { script: performance.now(), firstView: 0, complete: 0, visible: 0, failed: 0, stable: false };
window.viewed = viewed;
const asked = new URLSearchParams(location.search);
const number = (name) => Number(asked.get(name));

const renderer = new WebGLRenderer({ antialias: true });
renderer.setPixelRatio(devicePixelRatio);
renderer.setSize(innerWidth, innerHeight);
document.body.append(renderer.domElement);
const scene = new Scene();
scene.background = new Color(0xcfe0ee);
scene.add(new HemisphereLight(0xffffff, 0x888888, 2), new DirectionalLight(0xffffff, 2));

const camera = new PerspectiveCamera(number('fov'), innerWidth / innerHeight, 0.1, 20_000);
const heading = number('heading') * MathUtils.DEG2RAD;
const ahead = new Vector3(Math.sin(heading), Math.cos(heading), 0);
const up = new Vector3(0, 0, 1);
const pose = new Matrix4().makeBasis(new Vector3().crossVectors(ahead, up), up, ahead.clone().negate());
pose.setPosition(number('x'), number('y'), number('z'));
const frame = new Matrix4();
WGS84_ELLIPSOID.getEastNorthUpFrame(number('lat') * MathUtils.DEG2RAD, number('lon') * MathUtils.DEG2RAD, number('height'), frame);
frame.multiply(pose).decompose(camera.position, camera.quaternion, camera.scale);
camera.updateMatrixWorld();

const tiles = new TilesRenderer(asked.get('tileset'));
tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: false, meshoptDecoder: MeshoptDecoder }));
const documents = JSON.parse(document.querySelector('#inlined')?.textContent ?? '{}');
tiles.registerPlugin({
  name: 'INLINED_TILESET',
  fetchData(url) {
    const found = documents[new URL(url, location.href).pathname];
    return found ? Promise.resolve(found) : null;
  },
});
tiles.addEventListener('load-error', () => {
  viewed.failed += 1;
});
if (asked.get('tuned') === '1') {
  tiles.loadAncestors = false;
  tiles.loadSiblings = false;
}
tiles.errorTarget = number('error');
tiles.setCamera(camera);
tiles.setResolution(camera, innerWidth, innerHeight);
scene.add(tiles.group);

let before = new Set();

function isSameAsBefore() {
  const { visibleTiles } = tiles;
  const same = visibleTiles.size === before.size && [...visibleTiles].every((tile) => before.has(tile));
  before = new Set(visibleTiles);
  return same;
}

renderer.setAnimationLoop(() => {
  tiles.update();
  renderer.render(scene, camera);
  const now = performance.now();
  const { queued, downloading, parsing } = tiles.stats;
  const changed = !isSameAsBefore();
  viewed.visible = before.size;
  if (viewed.firstView === 0 && before.size > 0) viewed.firstView = now;
  // Complete is the first of all the frames in which nothing changes and nothing is on its way.
  if (before.size === 0 || queued + downloading + parsing > 0) viewed.complete = 0;
  else if (changed || viewed.complete === 0) viewed.complete = now;
  viewed.stable = viewed.complete > 0 && now - viewed.complete > STABLE_MS;
});
