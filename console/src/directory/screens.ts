/** What the router opens; one chunk of code for the room. */
export { ApiTokens } from './api-tokens.tsx';
export { Companies } from './companies.tsx';
export { CompanyDetail } from './company-detail.tsx';
export { ContactDetail } from './contact-detail.tsx';
export { Contacts } from './contacts.tsx';
export { ForgotPassword } from './forgot-password.tsx';
export { NewContact } from './new-contact.tsx';
export { Roles } from './roles.tsx';
export { Welcome } from './welcome.tsx';
