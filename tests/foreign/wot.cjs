// Eclipse Thingweb node-wot reads a Thing Description and what the thing says:
// node wot.cjs URL PROPERTY → {"title", "property", "all"}.
const { Servient } = require("@node-wot/core");
const { HttpClientFactory } = require("@node-wot/binding-http");

async function main(url, name) {
  const servient = new Servient();
  servient.addClientFactory(new HttpClientFactory());
  const wot = await servient.start();
  const thing = await wot.consume(await wot.requestThingDescription(url));
  const property = await (await thing.readProperty(name)).value();
  const all = {};
  for (const [key, output] of await thing.readAllProperties()) all[key] = await output.value();
  const title = thing.getThingDescription().title;
  console.log(JSON.stringify({ title, property, all }));
  await servient.shutdown();
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
