// Which view the address names: "/#/jobs/8" is ["jobs", "8"], and "/docs" is the API reference.

export class Route {
  path = $state<string[]>([]);

  /** The reference has an address of its own; its fragments name operations. */
  private readonly isReference = location.pathname === "/docs";

  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  get view(): string {
    return this.isReference ? "docs" : (this.path[0] ?? "fetch");
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
