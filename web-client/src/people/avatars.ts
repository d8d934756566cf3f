/** Draws everybody in four draws: bodies, heads, hands, and the shade at their feet. */
import {
  Color,
  Euler,
  Group,
  InstancedBufferAttribute,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  MeshLambertMaterial,
  Quaternion,
  Vector3,
  type BufferGeometry,
  type Material,
} from 'three';

import { colourOf } from './colours';
import type { Member } from './crowd';
import { createBody, createHand, createHead, createShade, EYE_ABOVE_FEET_M, EYE_ABOVE_HEAD_M } from './figure';
import { HANDS, PITCH, X, Y, YAW, Z } from './motion';

export interface Avatars {
  readonly group: Group;
  /** Puts the figures where their people are. `opacity`: 0 to 1 for each person. */
  arrange(members: Iterable<Member>, opacity: (member: Member) => number): void;
}

/** More are not sent; whoever came beyond would not be drawn. */
const MOST = 512;
/** How far the colour of head and hands is on the way to wood. */
const PALE = 0.66;
const WOOD = 0xd2b899;
/** Hands at rest of those who have no headset: beside the body. */
const REST = [
  [-0.27, -0.88, -0.04],
  [0.27, -0.88, -0.04],
] as const;

export function createAvatars(): Avatars {
  const group = new Group();
  const body = createPart(createBody(), dithered(new MeshLambertMaterial({ vertexColors: true })), MOST);
  const head = createPart(createHead(), dithered(new MeshLambertMaterial({ vertexColors: true })), MOST);
  const hand = createPart(createHand(), dithered(new MeshLambertMaterial({ vertexColors: true })), 2 * MOST);
  const dark = new MeshBasicMaterial({ color: 0x000000, vertexColors: true, transparent: true, depthWrite: false });
  const shade = createPart(createShade(), dithered(dark), MOST);
  const parts = [body, head, hand, shade];
  for (const part of [body, head, hand]) part.mesh.receiveShadow = true;
  group.add(...parts.map(({ mesh }) => mesh));

  const matrix = new Matrix4();
  const turn = new Quaternion();
  const angles = new Euler(0, 0, 0, 'YXZ');
  const place = new Vector3();
  const size = new Vector3(1, 1, 1);
  const colour = new Color();
  const wood = new Color(WOOD);

  function put(part: Part, opacity: number): void {
    const { mesh, fade } = part;
    mesh.setMatrixAt(mesh.count, matrix.compose(place, turn, size));
    mesh.setColorAt(mesh.count, colour);
    fade.setX(mesh.count, opacity);
    mesh.count += 1;
  }

  function putPerson({ person, motion: { shown }, hands }: Member, opacity: number): void {
    turn.setFromEuler(angles.set(0, shown[YAW], 0));
    place.set(shown[X], shown[Y] - EYE_ABOVE_FEET_M, shown[Z]);
    colour.setHex(colourOf(person));
    put(body, opacity);
    put(shade, opacity);
    colour.lerp(wood, PALE);
    for (let side = 0; side < 2; side += 1) {
      if (hands) place.fromArray(shown, HANDS + 3 * side);
      else place.fromArray(REST[side]).applyQuaternion(turn);
      place.x += shown[X];
      place.y += shown[Y];
      place.z += shown[Z];
      put(hand, opacity);
    }
    turn.setFromEuler(angles.set(shown[PITCH], shown[YAW], 0));
    place.set(shown[X], shown[Y] - EYE_ABOVE_HEAD_M, shown[Z]);
    put(head, opacity);
  }

  return {
    group,
    arrange(members, opacity) {
      for (const { mesh } of parts) mesh.count = 0;
      for (const member of members) {
        const visible = opacity(member);
        if (visible > 0 && body.mesh.count < MOST) putPerson(member, visible);
      }
      for (const { mesh, fade } of parts) {
        mesh.visible = mesh.count > 0;
        for (const attribute of [mesh.instanceMatrix, mesh.instanceColor!, fade]) {
          // What isn't drawn isn't uploaded: it would gather ranges for as long as nobody is near.
          attribute.clearUpdateRanges();
          attribute.addUpdateRange(0, attribute.itemSize * mesh.count);
          attribute.needsUpdate = true;
        }
      }
    },
  };
}

interface Part {
  readonly mesh: InstancedMesh;
  readonly fade: InstancedBufferAttribute;
}

function createPart(geometry: BufferGeometry, material: Material, most: number): Part {
  const fade = new InstancedBufferAttribute(new Float32Array(most).fill(1), 1);
  geometry.setAttribute('fade', fade);
  const mesh = new InstancedMesh(geometry, material, most);
  mesh.instanceColor = new InstancedBufferAttribute(new Float32Array(3 * most).fill(1), 3);
  // They are everywhere; a sphere around all of them would be in the picture anyway.
  mesh.frustumCulled = false;
  mesh.visible = false;
  return { mesh, fade };
}

/** Fades by leaving out dots, which needs no sorting and no second pass. */
function dithered(material: Material): Material {
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nattribute float fade;\nvarying float vFade;')
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nvFade = fade;');
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', '#include <common>\nvarying float vFade;')
      .replace('#include <clipping_planes_fragment>', `#include <clipping_planes_fragment>\n${DITHER}`);
  };
  return material;
}

const DITHER = /* glsl */ `
  float dots = fract(52.9829189 * fract(dot(floor(gl_FragCoord.xy), vec2(0.06711056, 0.00583715))));
  if (vFade <= dots * 0.99) discard;
`;
