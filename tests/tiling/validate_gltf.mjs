// Runs the Khronos glTF validator over every .glb below the folders given; prints one JSON object:
// { files, messages: [{ file, severity, code, pointer, message }] }.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [clientFolder, ...folders] = process.argv.slice(2);
const require = createRequire(resolve(clientFolder, "package.json"));
const validator = require("gltf-validator");

const messages = [];
let files = 0;
for (const folder of folders) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".glb")) continue;
    files += 1;
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const report = await validator.validateBytes(bytes, { maxIssues: 0 });
    for (const { severity, code, pointer, message } of report.issues.messages) {
      messages.push({ file: name, severity, code, pointer, message });
    }
  }
}
console.log(JSON.stringify({ files, messages }));
