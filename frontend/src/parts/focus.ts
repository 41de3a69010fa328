/** Bring an input into view and put the focus into it, by its name. */
export function focusInput(name: string): void {
  const element = [...document.querySelectorAll<HTMLElement>("[data-name]")].find((item) => item.dataset.name === name);
  const target = element?.querySelector<HTMLElement>(
    ":is(input, button, textarea, select, [tabindex]):not([tabindex='-1'], :disabled)",
  );
  element?.scrollIntoView({ block: "center", behavior: "smooth" });
  target?.focus({ preventScroll: true });
}
