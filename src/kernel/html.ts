/** Text that is already HTML. Only `html` makes one, so whatever a person or a peer wrote arrives escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Embeddable = string | number | Html | null | undefined | false | readonly Embeddable[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

function embed(value: Embeddable): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(embed).join('');
  return escapeHtml(String(value));
}

/** Builds a page or a mail: every embedded value is escaped unless it is itself made by `html`. */
export function html(strings: TemplateStringsArray, ...values: Embeddable[]): Html {
  return new Html(strings.reduce((page, part, index) => page + embed(values[index - 1]) + part));
}
