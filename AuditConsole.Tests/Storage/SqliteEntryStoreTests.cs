namespace AuditConsole.Tests.Storage;

/// <summary>The contract, on SQLite.</summary>
public sealed class SqliteEntryStoreTests(TestStorage storage) : EntryStoreContract(storage), IClassFixture<TestStorage>;
