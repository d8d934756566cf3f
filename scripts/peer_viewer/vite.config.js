/** Both libraries in one script, minified, as whoever is out for speed would publish it. */
export default {
  base: './',
  build: { target: 'es2022', modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2000 },
};
