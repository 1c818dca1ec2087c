/** What the router opens; one chunk of code for the room. */
export { ConsumerDetail } from './consumer-detail.tsx';
export { Consumers } from './consumers.tsx';
export { NewRegistration } from './new-registration.tsx';
export { ProviderRecord } from './provider-record.tsx';
export { RegistrationDetail } from './registration-detail.tsx';
export { Registrations } from './registrations.tsx';
