// Names under which the rooms above can tell membership's words from their own.
public typealias MembershipMessage = Message
public typealias MembershipEvent = Event
public typealias MembershipEffect = Effect
