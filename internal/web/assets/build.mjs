// Builds what the browser loads into dist/, with a hash of the content in
// every name, and manifest.json from plain names to hashed ones.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

for (const name of await readdir(dist)) {
  if (name !== "keep") await rm(join(dist, name));
}
const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/charts.js", "src/curve.js", "src/app.css", "src/wall.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: ["chrome86", "firefox86", "safari15"],
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  legalComments: "eof",
  metafile: true,
  external: [],
  logLevel: "warning",
});
const manifest = {};
for (const [out, made] of Object.entries(result.metafile.outputs)) {
  if (made.entryPoint) manifest[basename(made.entryPoint)] = basename(out);
}
for (const file of ["favicon.svg", "icon.svg", "icon-192.png", "icon-512.png"]) {
  const icon = await readFile(join(here, "src", file));
  const [stem, end] = file.split(".");
  manifest[file] = `${stem}-${createHash("sha256").update(icon).digest("hex").slice(0, 8)}.${end}`;
  await writeFile(join(dist, manifest[file]), icon);
}
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
