// Applies the reader's choice of theme before the first paint. A classic script, so that it blocks; a file, so that the policy needs no inline script.
try {
  const theme = localStorage.getItem("gather.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be denied: the system's preference stands.
}
