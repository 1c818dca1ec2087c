export { type ActivityView, activityView, newActivity } from './activity/activity.ts';
export { type ValidationView, validationView } from './checks-view.ts';
export { connectionView } from './connection-view.ts';
