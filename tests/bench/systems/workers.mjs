// Two (or more) worker processes of one Express service on one port of the loopback address: `node x.mjs PORT WORKERS`.

import cluster from "node:cluster";
import express from "express";

const [port, workers] = process.argv.slice(2).map(Number);

/** Runs `answer(request)`, which gives or promises the cards of a hook request, in every worker. */
export function serve(answer) {
  if (cluster.isPrimary) {
    for (let n = 0; n < workers; n++) cluster.fork();
    return;
  }
  const app = express();
  app.use(express.json({ limit: "64mb" }));
  app.post("/cds-services/iliac-charge-review", async (request, response) => {
    response.json({ cards: await answer(request.body) });
  });
  app.listen(port, "127.0.0.1");
}

export const card = (leg) => ({
  summary: `${leg} leg, two iliac arteries: check 37257.`,
  indicator: "info",
  source: { label: "Simple rule" },
});
