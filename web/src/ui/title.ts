/** badge puts the number of unread messages on the title and the icon of the page, and tells the page that shows us inside itself. */
export function badge(unread: number, name: string): void {
  document.title = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ${name}` : name;
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const address = unread > 0 ? "/favicon-unread.svg" : "/favicon.svg";
  if (icon && icon.getAttribute("href") !== address) icon.setAttribute("href", address);
  if (window.parent !== window) window.parent.postMessage({ myna: "unread", count: unread }, "*"); // a number, and nothing else
}
