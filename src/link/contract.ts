export { type ActivityView, activityView, newActivity } from './activity/activity.ts';
export { type ValidationView, validationView } from './checks-view.ts';
export { connectionView } from './connection-view.ts';
export { comparedDigits, safetyComparisonView } from './safety-comparison-view.ts';
