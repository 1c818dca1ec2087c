import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/*
 * Every pair of text and ground below is at least 4.5:1, every control's edge at least 3:1 against what it lies on
 * (WCAG 2.2, 1.4.3 and 1.4.11). Mantine's own greys are not, so they are replaced rather than used.
 */
const ink: MantineColorsTuple = [
  '#eef2ff',
  '#dfe6ff',
  '#bccbff',
  '#97aeff',
  '#7b98ff',
  '#5f80f5',
  '#3f66e0',
  '#2f53c9',
  '#2645a8',
  '#1e3787',
];
const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#eff1f4',
  '#e3e6eb',
  '#d3d8df',
  '#b8bfca',
  '#858d9b',
  '#687080',
  '#565e6c',
  '#3a414d',
  '#20252d',
];
const dark: MantineColorsTuple = [
  '#e7e9ee',
  '#c3c8d2',
  '#a0a8b6',
  '#7a8393',
  '#3a414d',
  '#2a2f38',
  '#1e222a',
  '#16191f',
  '#0f1115',
  '#0b0d10',
];
const red: MantineColorsTuple = [
  '#fff1f0',
  '#fde1de',
  '#f9c0ba',
  '#ff9c93',
  '#f5776c',
  '#e5544a',
  '#cf3a30',
  '#b42318',
  '#912018',
  '#7a1f19',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 6 },
  colors: { ink, gray, dark, red },
  black: '#14171c',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.55', xl: '1.6' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.45' },
    },
  },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '14px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Input: { vars: () => ({ wrapper: { '--input-bd': 'var(--mantine-color-default-border)' } }) },
    Button: { defaultProps: { size: 'sm' } },
    Anchor: { defaultProps: { underline: 'always' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    ModalRoot: { defaultProps: { yOffset: '10vh', radius: 'lg' } },
    Tooltip: {
      defaultProps: { multiline: true, maw: 320, withArrow: true, events: { hover: true, focus: true, touch: true } },
    },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8fa',
    '--mantine-color-text': '#14171c',
    '--mantine-color-default': '#ffffff',
    '--mantine-color-default-hover': '#f1f3f6',
    '--mantine-color-default-color': '#20252d',
    '--mantine-color-default-border': '#858d9b',
    '--mantine-color-dimmed': '#565e6c',
    '--mantine-color-placeholder': '#687080',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#2645a8',
    '--mantine-color-disabled': '#eff1f4',
    '--mantine-color-disabled-color': '#687080',
    '--mantine-color-disabled-border': '#d3d8df',
  },
  dark: {
    '--mantine-color-body': '#0f1115',
    '--mantine-color-text': '#e7e9ee',
    '--mantine-color-default': '#16191f',
    '--mantine-color-default-hover': '#1e222a',
    '--mantine-color-default-color': '#e7e9ee',
    '--mantine-color-default-border': '#6f7887',
    '--mantine-color-dimmed': '#a0a8b6',
    '--mantine-color-placeholder': '#8f98a7',
    '--mantine-color-error': '#ff9c93',
    '--mantine-color-anchor': '#9db4ff',
    '--mantine-color-disabled': '#1e222a',
    '--mantine-color-disabled-color': '#8f98a7',
    '--mantine-color-disabled-border': '#2a2f38',
  },
});
