using Microsoft.AspNetCore.Components;

namespace AuditConsole.AuditLog;

/// <summary>Somebody asks for the details of a row, or for their end. console.js raises it.</summary>
public sealed class EntryToggleEventArgs : EventArgs
{
    /// <summary>The row's entry.</summary>
    public long Sequence { get; set; }
}

/// <summary>The events of the console that browsers don't know by themselves.</summary>
[EventHandler("onentrytoggle", typeof(EntryToggleEventArgs))]
public static class EventHandlers;
