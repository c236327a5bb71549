/** How many of a list the overview shows. */
export const NEWEST = 6;
