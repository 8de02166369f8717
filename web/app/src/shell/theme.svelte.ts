// The reader's choice of theme. theme.js applies it before the first paint.

export type Theme = "system" | "light" | "dark";

const name = "gather.theme";

export class ThemeChoice {
  value = $state<Theme>("system");

  constructor() {
    const chosen = document.documentElement.dataset.theme;
    if (chosen === "light" || chosen === "dark") this.value = chosen;
  }

  get next(): Theme {
    return this.value === "system" ? "light" : this.value === "light" ? "dark" : "system";
  }

  choose(theme: Theme): void {
    this.value = theme;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem(name);
      else localStorage.setItem(name, theme);
    } catch {
      // Denied storage: the choice lasts as long as the page.
    }
  }
}
