import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Svelte hashes the file's absolute path by default; hashing the styles keeps the build identical on every machine.
    cssHash: ({ hash, css }) => `g-${hash(css)}`,
  },
};
