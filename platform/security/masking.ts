/**
 * What is shown of personal data to anyone but its owner. One place for answers, logs and admin views. Masking is not
 * anonymising: the parts left visible are chosen so that a person recognises their own data.
 */

/** 13812341234 → 138****1234; anything too short for that is hidden whole. */
export function maskPhone(phone: string): string {
  // Of a short number four digits in the clear would be half of it.
  if (phone.length < 8) return "****";
  return phone.length < 11 ? `****${phone.slice(-2)}` : `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}

/** alice@example.org → a***@example.org */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return at < 1 ? "***" : `${[...email][0]}***${email.slice(at)}`;
}

/** The first character of a name, then as many stars as it has further ones, at most two. */
export function maskName(name: string): string {
  const characters = [...name];
  return `${characters[0] ?? ""}${"*".repeat(Math.min(2, Math.max(1, characters.length - 1)))}`;
}

/** The first six characters of a street line, never more than half of it. */
export function maskStreet(street: string): string {
  const characters = [...street];
  return `${characters.slice(0, Math.min(6, Math.floor(characters.length / 2))).join("")}****`;
}

// A mainland mobile number standing alone, with or without country code and gaps: part of a longer run of digits it is an
// id, not a number.
const PHONE = /(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])/g;
// Tried only where a word begins, so that a hostile text costs no more than its length.
const EMAIL = /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/g;

/** Masks every phone number and e-mail address found in a free text. */
export function maskText(text: string): string {
  const withoutMail = text.includes("@") ? text.replace(EMAIL, maskEmail) : text;
  return withoutMail.length < 11 ? withoutMail : withoutMail.replace(PHONE, maskPhone);
}
