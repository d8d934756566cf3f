// jsonld.js expands a document, and may load a @context from the document's own host alone:
// node jsonld.cjs URL → the expanded document.
const jsonld = require("jsonld");

async function loaded(url) {
  const answer = await fetch(url, { headers: { accept: "application/ld+json" } });
  return { contextUrl: null, documentUrl: url, document: await answer.json() };
}

async function main(url) {
  const { document } = await loaded(url);
  const { origin } = new URL(url);
  const documentLoader = (asked) => {
    if (new URL(asked).origin !== origin) throw new Error(`${asked} is on another host`);
    return loaded(asked);
  };
  console.log(JSON.stringify(await jsonld.expand(document, { documentLoader })));
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
