using System.Reflection;
using AuditConsole.Core;
using AuditConsole.Storage;

namespace AuditConsole.Tests.AuditLog;

/// <summary>The real store, whose pages, counts and single entries can be made to fail or wait.</summary>
public class StoreProbe : DispatchProxy
{
    private IEntryStore _store = null!;

    public int PagesRead { get; private set; }

    public Func<Task> BeforePage { get; set; } = () => Task.CompletedTask;

    public Func<CancellationToken, Task> BeforeCount { get; set; } = _ => Task.CompletedTask;

    public Func<Task> BeforeFind { get; set; } = () => Task.CompletedTask;

    /// <summary>The store to read from; the probe itself is its handle.</summary>
    public static (IEntryStore Store, StoreProbe Probe) Before(IEntryStore store)
    {
        var probed = Create<IEntryStore, StoreProbe>();
        var probe = (StoreProbe)(object)probed;
        probe._store = store;
        return (probed, probe);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, args) switch
    {
        (nameof(IEntryStore.ReadPageAsync), [EntryFilter filter, PageRequest page, CancellationToken cancellation]) => PageAsync(filter, page, cancellation),
        (nameof(IEntryStore.CountAsync), [EntryFilter filter, long snapshot, CancellationToken cancellation]) => CountAsync(filter, snapshot, cancellation),
        (nameof(IEntryStore.FindAsync), [ReadScope scope, long sequence, CancellationToken cancellation]) => FindAsync(scope, sequence, cancellation),
        _ => targetMethod.Invoke(_store, args),
    };

    private async Task<EntryPage> PageAsync(EntryFilter filter, PageRequest page, CancellationToken cancellation)
    {
        PagesRead++;
        await BeforePage();
        return await _store.ReadPageAsync(filter, page, cancellation);
    }

    private async Task<long> CountAsync(EntryFilter filter, long snapshot, CancellationToken cancellation)
    {
        await BeforeCount(cancellation);
        return await _store.CountAsync(filter, snapshot, cancellation);
    }

    private async Task<AuditEntry?> FindAsync(ReadScope scope, long sequence, CancellationToken cancellation)
    {
        await BeforeFind();
        return await _store.FindAsync(scope, sequence, cancellation);
    }
}
