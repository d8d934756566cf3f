// An IFC file as That Open's Fragments: `node fragments.mjs FILE MADE`.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IfcImporter } from '@thatopen/fragments';

const [file, made] = process.argv.slice(2);
const importer = new IfcImporter();
const engine = dirname(fileURLToPath(import.meta.resolve('web-ifc')));
importer.wasm = { path: `${engine}/`, absolute: true };
writeFileSync(made, await importer.process({ bytes: new Uint8Array(readFileSync(file)) }));
process.exit(0);
