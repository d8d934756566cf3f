// Eclipse Thingweb node-wot reads a Thing Description and what the thing says:
// node wot.cjs URL PROPERTY → {"title", "property", "all"}, and then a line for each of two changes.
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
  let heard = 0;
  const subscription = await thing.observeProperty(name, async (output) => {
    console.log(JSON.stringify(await output.value()));
    heard += 1;
    if (heard === 2) {
      await subscription.stop();
      await servient.shutdown();
    }
  });
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
