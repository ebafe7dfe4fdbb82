package assets_test

import (
	"os/exec"
	"testing"
)

// wallScript plays a screen whose server refuses, and is well again: a refusal
// does not count as news, and its sentence goes with the next answer.
const wallScript = `
import { wall } from "./src/wall.js";
const at = (id) => ({ closest: (s) => (s === "[id^=part-wall-]" && id.startsWith("part-wall-") ? {} : null) });
let now = 0, tick, swapped;
Date.now = () => now;
globalThis.setInterval = (f) => { tick = f; };
const clock = { dataset: { clock: "480" } }, old = { hidden: true, textContent: "", dataset: { word: "{n}" } };
const problem = { said: "", replaceChildren() { this.said = ""; } };
wall({ querySelector: () => clock, getElementById: (id) => ({ "wall-old": old, problem })[id] }, { on: (_, f) => { swapped = f; } });
const want = (what, yes) => { if (!yes) { console.error(what); process.exit(1); } };
for (let i = 0; i < 4; i++) {
  now += 60_000;
  problem.said = "unavailable";
  swapped({ target: at("problem") });
  swapped({ target: {} }); // a text
  tick();
}
want("it is old and does not say so", !old.hidden && old.textContent === "4");
want("the sentence went by itself", problem.said === "unavailable");
swapped({ target: at("part-wall-figures") });
tick();
want("it is fresh and says that it is old", old.hidden);
want("the sentence stays though the server is well", problem.said === "");
`

func TestWall(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node, which builds the bundle:", err)
	}
	if out, err := exec.Command(node, "--input-type=module", "-e", wallScript).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
