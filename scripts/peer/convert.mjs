// node convert.mjs IN.gml OUT SRSNAME PROJ: IN as 3D Tiles, its SRSNAME meaning the PROJ string.
import Converter from 'citygml-to-3dtiles'

const [, , input, output, name, projection] = process.argv
await new Converter({ srsProjections: { [name]: projection } }).convertFiles(input, output)
