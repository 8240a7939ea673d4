// An Express service with the simple rule, as rule.py has it, over plain JSON.

import { card, serve } from "./workers.mjs";

const TREATMENTS = new Set(["103716009", "68457009"]);
const VESSELS = new Set(["73634005", "113269004", "90024005"]);
const SIDES = { "24028007": "Right", "7771000": "Left" };

serve(({ context, prefetch }) => {
  const encounter = `Encounter/${context.encounterId}`;
  const treated = {};
  for (const { resource } of prefetch.procedures.entry) {
    if (resource.status !== "completed" || resource.encounter?.reference !== encounter) continue;
    if (!resource.code?.coding?.some((c) => TREATMENTS.has(c.code))) continue;
    const sites = (resource.bodySite ?? []).flatMap((site) => site.coding ?? []).map((c) => c.code);
    for (const side of sites.filter((code) => SIDES[code])) {
      treated[SIDES[side]] ??= new Set();
      sites.filter((code) => VESSELS.has(code)).forEach((code) => treated[SIDES[side]].add(code));
    }
  }
  return Object.keys(treated).filter((leg) => treated[leg].size > 1).map(card);
});
