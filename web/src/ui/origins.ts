/** origins are those from which pictures and films are shown in place; the page's policy allows no others. */
export const origins = new Set<string>([location.origin]);
