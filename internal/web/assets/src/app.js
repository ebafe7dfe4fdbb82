// What every page loads: fragments, the live stream, shortcuts, the chart when
// there is one.
import htmx from "htmx.org/dist/htmx.esm.js";
import { follow } from "./live.js";
import { shortcuts } from "./keys.js";
import { inbox } from "./inbox.js";
import { charts } from "./chart-loader.js";
import { passing } from "./passing.js";
import { copying } from "./copy.js";
import { wall } from "./wall.js";
import { worker } from "./push.js";

shortcuts(document);
passing(document);
copying(document);
inbox(document);
follow(document, htmx);
document.querySelector(".queue [aria-current]")?.scrollIntoView({ block: "nearest" });
charts(document);
wall(document, htmx);
worker(document);
htmx.on("htmx:afterSettle", () => charts(document));
