import { useEffect, useState } from "preact/hooks";

interface Drawn {
  size: number;
  path: string;
}

/** QR is a text as a code that phones read. What draws it is loaded when it is needed. */
export function QR({ text, label }: { text: string; label: string }) {
  const [drawn, set] = useState<Drawn>();
  useEffect(() => {
    let gone = false;
    void import("uqr").then(({ encode }) => {
      const { data, size } = encode(text, { border: 3 });
      const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
      if (!gone) set({ size, path });
    }, () => undefined); // the link says it, too
    return () => { gone = true; };
  }, [text]);
  if (!drawn) return null;
  return <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${drawn.size} ${drawn.size}`} shape-rendering="crispEdges"><path d={drawn.path} /></svg>;
}
