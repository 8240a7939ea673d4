// An Express service that runs rule.cql (as ELM) on the CQL engine, with its FHIR data source.

import { readFileSync } from "node:fs";
import cql from "cql-execution";
import fhir from "cql-exec-fhir";
import { card, serve } from "./workers.mjs";

const library = new cql.Library(JSON.parse(readFileSync("rule.elm.json", "utf8")));
// The data source reads its model once; each call has its own list of bundles over that model.
const model = fhir.PatientSource.FHIRv401();

serve(async ({ context, prefetch }) => {
  const source = Object.create(model, { _index: { value: 0, writable: true }, _bundles: { value: [], writable: true } });
  source.loadBundles([{ resourceType: "Bundle", entry: [{ resource: prefetch.patient }, ...prefetch.procedures.entry] }]);
  const parameters = { Encounter: `Encounter/${context.encounterId}` };
  const { patientResults } = await new cql.Executor(library, null, parameters).exec(source);
  const [found] = Object.values(patientResults);
  return ["Right", "Left"].filter((leg) => found[leg]).map(card);
});
