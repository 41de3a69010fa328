// Measures what the first load of a page costs: index.html and all that it names, gzipped; and what each exported page
// carries beside its answers. Fails above the limits.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 80_000;
const EXPORT_LIMIT_BYTES = 100_000;
const page = readFileSync("static/index.html", "utf8");
const files = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1]);
let total = gzipSync(page).length;
for (const file of files) {
  const bytes = gzipSync(readFileSync(`static/${file}`), { level: 6 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  first load, of at most ${LIMIT_BYTES / 1000} kB`);
const exported = ["page.js", "page.css", "page.licenses.md"].map((file) => gzipSync(readFileSync(`static/export/${file}`), { level: 6 }).length);
const carried = exported.reduce((sum, bytes) => sum + bytes, 0);
console.log(`${(carried / 1000).toFixed(1).padStart(7)} kB  in each exported page, of at most ${EXPORT_LIMIT_BYTES / 1000} kB`);
process.exitCode = total > LIMIT_BYTES || carried > EXPORT_LIMIT_BYTES ? 1 : 0;
