// Which view the address names: "#/jobs/8" is ["jobs", "8"].

export class Route {
  path = $state<string[]>([]);

  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  get view(): string {
    return this.path[0] ?? "fetch";
  }

  private read(): void {
    this.path = location.hash.replace(/^#\/?/, "").split("/").filter((step) => step !== "").map(decode);
  }
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
