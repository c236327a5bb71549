export function SubTabs(props: {
  label: string;
  current: string;
  tabs: { id: string; title: string; href: string }[];
}) {
  return (
    <nav className="subtabs" aria-label={props.label}>
      {props.tabs.map((tab) => (
        <a key={tab.id} href={tab.href}
          aria-current={tab.id === props.current ? 'page' : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
