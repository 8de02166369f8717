// What the answer panel shows: "bodies", "whole", or one item's body. An item's scope begins with a character that no general one has.

export function scopeOf(id: string): string {
  return `#${id}`;
}
