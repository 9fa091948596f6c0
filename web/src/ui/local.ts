// The few choices that belong to a page and not to the account. A browser that keeps nothing for us is no error.

/** kept reads a choice, if it is one of those that there are. */
export function kept<T extends string>(name: string, among: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(`myna.${name}`);
    return among.find((a) => a === value);
  } catch {
    return undefined;
  }
}

/** keep remembers a choice. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`myna.${name}`, value);
  } catch { // it is chosen again next time
  }
}
