// ngsijs asks, and subscribes: node ngsi.cjs URL TOKEN TYPE ID CALLBACK → what each call gave.
const NGSI = require("ngsijs");

async function main(url, token, type, id, callback) {
  const headers = { authorization: `Bearer ${token}` };
  const { ld } = new NGSI.Connection(url, { headers });
  const entities = await ld.queryEntities({ type, count: true, limit: 10 });
  const simple = await ld.queryEntities({ type, keyValues: true, q: "pm25>12", limit: 10 });
  const one = await ld.getEntity({ id, keyValues: true });
  const missing = await ld.getEntity("urn:ngsi-ld:Device:none").catch((error) => error.name);
  const types = await ld.listTypes();
  const about = await ld.getType(type);
  const times = await ld.queryTemporalEntities({ type, temporalValues: true, attrs: "pm25" });
  const changed = await ld.updateEntityAttributes(
    { id, pm25: { type: "Property", value: 21.5, observedAt: new Date().toISOString() } },
  );
  const made = await ld.createSubscription({
    type: "Subscription",
    entities: [{ type }],
    watchedAttributes: ["pm25"],
    throttling: 1,
    notification: { endpoint: { uri: callback, accept: "application/json" } },
  });
  const kept = await ld.getSubscription(made.subscription.id);
  const listed = await ld.listSubscriptions({ count: true });
  const removed = await ld.deleteSubscription(made.subscription.id);
  console.log(JSON.stringify({
    entities, simple, one, missing, types, about, times, changed, kept, listed, removed,
  }));
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
