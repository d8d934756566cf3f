// All bodies and all property and quantity sets of an IFC file, by IFC-Lite: `node ifc-lite.mjs FILE`.
import { readFileSync } from 'node:fs';
import { GeometryProcessor } from '@ifc-lite/geometry';
import {
  IfcParser,
  extractPropertiesOnDemand,
  extractQuantitiesOnDemand,
  extractTypePropertiesOnDemand,
} from '@ifc-lite/parser';

console.log = () => {};
const bytes = new Uint8Array(readFileSync(process.argv[2]));
const processor = new GeometryProcessor();
await processor.init();
const { meshes } = await processor.process(bytes);
const store = await new IfcParser().parseColumnar(bytes.buffer);
const elements = new Set(meshes.map((mesh) => mesh.expressId));
let properties = 0;
for (const element of elements) {
  for (const set of extractPropertiesOnDemand(store, element)) properties += set.properties.length;
  for (const set of extractQuantitiesOnDemand(store, element)) properties += set.quantities.length;
  for (const set of extractTypePropertiesOnDemand(store, element)?.properties ?? []) {
    properties += set.properties.length;
  }
}
if (!elements.size || !properties) throw new Error('IFC-Lite found nothing');
const triangles = meshes.reduce((sum, mesh) => sum + mesh.indices.length / 3, 0);
process.stdout.write(JSON.stringify({ elements: elements.size, triangles, properties }) + '\n');
process.exit(0);
