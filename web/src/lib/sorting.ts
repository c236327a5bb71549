/** As people sort: "rule 9" before "rule 10". */
const collator = new Intl.Collator(undefined, { numeric: true });

export const compareTexts = collator.compare;
