// Makes elements. Text only ever becomes text, so that nothing a snippet says can turn into markup.

type Child = Node | string | number | null | false | undefined;

interface Properties {
  class?: string;
  /** Attributes as they are written. */
  [attribute: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/** An element; properties that start with `on` are listeners, `true` is an attribute without value, `false` none. */
export function h(tag: string, properties: Properties = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  fill(element, ...children);
  return element;
}

/** Replaces what is in an element. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(
    ...children.flatMap((child) =>
      child === null || child === undefined || child === false
        ? []
        : [typeof child === 'number' ? String(child) : child],
    ),
  );
}

/** A button of the toolkit. */
export function button(
  text: string,
  press: () => void,
  options: { primary?: boolean; disabled?: boolean } = {},
): HTMLElement {
  return h(
    'vscode-button',
    { appearance: options.primary ? 'primary' : 'secondary', disabled: options.disabled, onclick: press },
    text,
  );
}

/** Entries of a dropdown: value and name. */
export function options(entries: readonly (readonly [value: string, name: string])[], chosen?: string): HTMLElement[] {
  return entries.map(([value, name]) => h('vscode-option', { value, selected: value === chosen }, name));
}

/** A dropdown of the toolkit; `changed` is told the value. */
export function dropdown(
  label: string,
  entries: readonly (readonly [value: string, name: string])[],
  changed: (value: string) => void,
  chosen?: string,
): HTMLElement {
  return h(
    'vscode-dropdown',
    { 'aria-label': label, onchange: (event) => changed((event.target as HTMLSelectElement).value) },
    ...options(entries, chosen),
  );
}

/** A button that reads as a link. */
export function link(text: string, press: () => void, label?: string): HTMLElement {
  return h('button', { class: 'link', type: 'button', 'aria-label': label, onclick: press }, text);
}
