import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  // An app is served under any path, so every address in the build is relative to the page.
  base: "./",
  build: {
    outDir: "static",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no inline script, and every browser that we aim at knows modulepreload.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: { page: "index.html", embed: "src/embed/embed.ts" },
      // Other sites name this file in their pages: it has no digest in its name.
      output: { entryFileNames: (chunk) => (chunk.name === "embed" ? "embed.js" : "assets/[name]-[hash].js") },
    },
  },
  // Tests run the browser's half of Svelte, where runes are alive.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
