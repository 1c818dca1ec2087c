import type { Locator, Page } from 'playwright-core';

/** More stops than any screen has. */
const MOST_STOPS = 150;

/** Presses Tab until `target` has the focus, and checks that the eye can see where it is. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await target.first().evaluate((element) => element === document.activeElement)) {
      await expectVisibleFocus(page);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target} cannot be reached with the Tab key`);
}

export async function press(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

export async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
}

/** Types into a searchable list, goes to the entry with the arrow key and takes it. */
export async function choose(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.type(text);
  const entry = page.getByRole('option', { name: text }).first();
  await entry.waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

/** An outline or a border that differs from that of the same element without focus (WCAG 2.2, 2.4.7). */
async function expectVisibleFocus(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const look = (element: Element): string => {
      const near = [element, ...[element.parentElement].filter((each) => each !== null)];
      return near
        .flatMap((each) => [getComputedStyle(each), getComputedStyle(each, '::after')])
        .map(({ outlineStyle, outlineWidth, borderColor, boxShadow }) =>
          [outlineStyle === 'none' ? '' : outlineWidth, borderColor, boxShadow].join(),
        )
        .join(';');
    };
    const element = document.activeElement as HTMLElement;
    const focused = look(element);
    element.blur();
    const blurred = look(element);
    element.focus();
    return { differs: focused !== blurred, what: element.outerHTML.slice(0, 200) };
  });
  if (!seen.differs) throw new Error(`focus cannot be seen on ${seen.what}`);
}
