// Translates rule.cql to rule.elm.json, once, when the environment is made.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource,
} from "@cqframework/cql/cql-to-elm";

const fhir = createRequire(import.meta.url)("cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml.js");
const system = readFileSync("system-modelinfo.xml", "utf8");
const models = new ModelManager();
models.modelInfoLoader.registerModelInfoProvider(
  createModelInfoProvider((id) => stringAsSource(id === "FHIR" ? fhir : system)),
);
const translated = CqlTranslator.fromText(readFileSync("rule.cql", "utf8"), new LibraryManager(models));
const faults = [...translated.errors.asJsReadonlyArrayView()].map((e) => e.message);
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
writeFileSync("rule.elm.json", translated.toJson());
