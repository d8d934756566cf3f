// All bodies and the property and quantity sets of an IFC file, by web-ifc: `node web-ifc.mjs FILE`.
// Those of types are left out: its own function for them fails at a type that has none.
import { readFileSync } from 'node:fs';
import { IfcAPI } from 'web-ifc';

const api = new IfcAPI();
await api.Init();
const model = api.OpenModel(new Uint8Array(readFileSync(process.argv[2])));
const elements = new Set();
let triangles = 0;
api.StreamAllMeshes(model, (mesh) => {
  elements.add(mesh.expressID);
  for (let number = 0; number < mesh.geometries.size(); number++) {
    const shape = api.GetGeometry(model, mesh.geometries.get(number).geometryExpressID);
    api.GetVertexArray(shape.GetVertexData(), shape.GetVertexDataSize());
    triangles += api.GetIndexArray(shape.GetIndexData(), shape.GetIndexDataSize()).length / 3;
    shape.delete();
  }
});
let properties = 0;
for (const element of elements) {
  for (const set of await api.properties.getPropertySets(model, element, true)) {
    properties += (set.HasProperties ?? set.Quantities ?? []).length;
  }
}
if (!elements.size || !properties) throw new Error('web-ifc found nothing');
process.stdout.write(JSON.stringify({ elements: elements.size, triangles, properties }) + '\n');
process.exit(0);
