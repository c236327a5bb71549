import type { components } from './generated/schema';

type Schemas = components['schemas'];
export type Service = Required<Schemas['Service']>;
export type ServiceInput = Schemas['ServiceInput'];
export type Rule = Required<Schemas['Rule']>;
export type RuleInput = Schemas['RuleInput'];
export type Preview = Schemas['Preview'];
export type Delivery = Schemas['Delivery'];
export type DeliveryDetail = Schemas['DeliveryDetail'];
export type Attempt = Schemas['Attempt'];
export type DeadLetter = Schemas['DeadLetter'];
export type DeadLetterDetail = Schemas['DeadLetterDetail'];
export type DeadLetterFilter = Schemas['DeadLetterFilter'];
export type Job = Schemas['Job'];
export type LogRow = Schemas['LogRow'];
export type HubEvent = Schemas['Event'];
export type EventDetail = Schemas['EventDetail'];
export type Summary = Schemas['Summary'];
export type Series = Schemas['Series'];
export type Alert = Schemas['Alert'];
export type Settings = Schemas['Settings'];
export type Site = Schemas['Site'];
export type SiteWithCode = Schemas['SiteWithCode'];
export type Token = Schemas['Token'];
export type User = Schemas['User'];
export type Change = Schemas['AuditEntry'];
export type ServiceTestResult = Schemas['ServiceTestResult'];
export type ServiceDeletion = Schemas['ServiceDeletion'];
export type CircuitState = NonNullable<NonNullable<Service['circuit']>['state']>;
export type DeliveryState = Delivery['state'];
export type DeadReason = DeadLetter['reason'];
export type Metric =
  | 'accepted'
  | 'delivered'
  | 'failed'
  | 'dead'
  | 'latency_p50'
  | 'latency_p95'
  | 'latency_p99'
  | 'backlog';
